import io.netty.bootstrap.Bootstrap;
import io.netty.channel.*;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.*;
import io.netty.handler.codec.http.websocketx.*;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;

/** Connects to each target, given as number, URL and subprotocol, and prints what its exceptions say: the number, a tab, the text. */
public class AskNetty {
  public static void main(String[] args) throws Exception {
    java.util.logging.LogManager.getLogManager().reset();
    var group = new NioEventLoopGroup(1);
    for (int at = 0; at < args.length; at += 3) ask(group, args[at], new URI(args[at + 1]), args[at + 2]);
    group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
  }

  private static void ask(EventLoopGroup group, String number, URI url, String subprotocol) {
    var handshaker = WebSocketClientHandshakerFactory.newHandshaker(
        url, WebSocketVersion.V13, subprotocol.isEmpty() ? null : subprotocol, false, new DefaultHttpHeaders());
    var protocol = new WebSocketClientProtocolHandler(handshaker) {
      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        tell(number, cause);
        context.close();
      }
    };
    var pipeline = new ChannelInitializer<SocketChannel>() {
      @Override
      protected void initChannel(SocketChannel channel) throws Exception {
        if (url.getScheme().equals("wss")) {
          var tls = SslContextBuilder.forClient().build();
          channel.pipeline().addLast(tls.newHandler(channel.alloc(), url.getHost(), url.getPort()));
        }
        channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(65536), protocol);
      }
    };
    var bootstrap = new Bootstrap().group(group).channel(NioSocketChannel.class).handler(pipeline);
    try {
      bootstrap.connect(url.getHost(), url.getPort()).sync().channel().closeFuture().await(3000);
    } catch (Throwable failure) {
      tell(number, failure);
    }
  }

  private static void tell(String number, Throwable cause) {
    System.out.println(number + "\t" + cause);
  }
}
