import io.netty.bootstrap.Bootstrap;
import io.netty.channel.*;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.*;
import io.netty.handler.codec.http.websocketx.*;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketClientCompressionHandler;
import java.io.*;
import java.net.URI;
import java.util.ArrayDeque;

/** Says what standard input says to the WebSocket whose URL it is given, line by line, and prints what comes back. */
public class NettyClient {
  public static void main(String[] args) throws Exception {
    var url = new URI(args[0]);
    var lines = new ArrayDeque<String>();
    for (var reader = new BufferedReader(new InputStreamReader(System.in)); reader.ready(); ) lines.add(reader.readLine());
    var group = new NioEventLoopGroup(1);
    var handshake = WebSocketClientHandshakerFactory.newHandshaker(
        url, WebSocketVersion.V13, null, true, new DefaultHttpHeaders(), 1 << 24);
    var protocol = new WebSocketClientProtocolHandler(handshake) {
      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        System.out.println("refused");
        context.close();
      }
    };
    var talk = new SimpleChannelInboundHandler<TextWebSocketFrame>() {
      @Override
      public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == WebSocketClientProtocolHandler.ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) next(context);
      }

      @Override
      protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
        System.out.println(frame.text());
        next(context);
      }

      private void next(ChannelHandlerContext context) {
        var line = lines.poll();
        var frame = line == null ? new CloseWebSocketFrame(4000, "") : new TextWebSocketFrame(line);
        context.writeAndFlush(frame).addListener(written -> {
          if (written.isSuccess()) return;
          System.out.println("can't send");
          context.close();
        });
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        System.out.println(lines.isEmpty() ? "closed" : "refused");
        context.close();
      }
    };
    var pipeline = new ChannelInitializer<SocketChannel>() {
      @Override
      protected void initChannel(SocketChannel channel) {
        channel.pipeline().addLast(
            new HttpClientCodec(), new HttpObjectAggregator(65536), WebSocketClientCompressionHandler.INSTANCE, protocol,
            new WebSocketFrameAggregator(1 << 24), talk);
      }
    };
    var bootstrap = new Bootstrap().group(group).channel(NioSocketChannel.class).handler(pipeline);
    bootstrap.connect(url.getHost(), url.getPort()).sync().channel().closeFuture().sync();
    group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
  }
}
