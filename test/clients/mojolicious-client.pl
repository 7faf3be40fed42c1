# Says what standard input says to the WebSocket whose URL it is given, line by line, and prints what comes back.
use Mojo::Base -strict, -signatures;
use Mojo::IOLoop;
use Mojo::UserAgent;

my @lines = map { chomp; $_ } <STDIN>;
$| = 1;
my $agent = Mojo::UserAgent->new(max_response_size => 0);
$agent->websocket($ARGV[0] => {'Sec-WebSocket-Extensions' => 'permessage-deflate'} => sub ($agent, $tx) {
  return say('refused') && Mojo::IOLoop->stop unless $tx->is_websocket;
  $tx->max_websocket_size(1 << 24);
  $tx->on(text => sub ($tx, $answer) {
    say $answer;
    @lines ? $tx->send({text => shift @lines}) : $tx->finish(4000);
  });
  $tx->on(finish => sub ($tx, $code, $reason) {
    say "closed $code" if $code != 4000;
    Mojo::IOLoop->stop;
  });
  $tx->send({text => shift @lines});
});
Mojo::IOLoop->start;
