package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
  private ServerSocket echo;
  private TcpProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          while (!echo.isClosed()) {
            try {
              Socket socket = echo.accept();
              Thread.ofVirtual()
                  .start(() -> {
                    try (socket) {
                      socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException e) {
                      // The proxy cut it.
                    }
                  });
            } catch (IOException e) {
              // Closed: the loop ends.
            }
          }
        });
    proxy = TcpProxy.to("127.0.0.1", echo.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(5_000);
    return socket;
  }

  private static int answer(Socket socket, int sent) throws IOException {
    socket.getOutputStream().write(sent);
    return socket.getInputStream().read();
  }

  @Test
  void aCutClosesAndRefusesUntilHealed() throws IOException {
    try (Socket socket = connect()) {
      assertThat(answer(socket, 1)).isEqualTo(1);
      proxy.cut();
      assertThatThrownBy(
              () -> {
                // A close with unread data arrives as a reset, otherwise as an end.
                if (socket.getInputStream().read() < 0) {
                  throw new IOException("end");
                }
              })
          .isInstanceOf(IOException.class);
      assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    }
    proxy.heal();
    try (Socket socket = connect()) {
      assertThat(answer(socket, 2)).isEqualTo(2);
    }
  }

  @Test
  void aStallHoldsBackAndHealLetsThrough() throws IOException {
    try (Socket socket = connect()) {
      assertThat(answer(socket, 1)).isEqualTo(1);
      proxy.stall();
      socket.setSoTimeout(200);
      assertThatThrownBy(() -> answer(socket, 2)).isInstanceOf(SocketTimeoutException.class);
      proxy.heal();
      socket.setSoTimeout(5_000);
      assertThat(socket.getInputStream().read()).isEqualTo(2);
    }
  }
}
