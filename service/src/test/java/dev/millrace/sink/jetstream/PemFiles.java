package dev.millrace.sink.jetstream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;

/** A self-signed certificate and its key as PEM files, made by the JDK's keytool. */
record PemFiles(Path certificate, Path key) {
  private static final String PASSWORD = "changeit";

  /**
   * @param name of the files and of the holder
   * @param alternative the name that the certificate is for, such as {@code ip:127.0.0.1}
   */
  static PemFiles make(Path folder, String name, String alternative) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + alternative,
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed");
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Certificate certificate = keys.getCertificate("it");
    Key key = keys.getKey("it", PASSWORD.toCharArray());
    return new PemFiles(
        write(folder.resolve(name + ".crt"), "CERTIFICATE", certificate.getEncoded()),
        write(folder.resolve(name + ".key"), "PRIVATE KEY", key.getEncoded()));
  }

  private static Path write(Path file, String kind, byte[] encoded) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    return Files.writeString(
        file,
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind),
        StandardCharsets.US_ASCII);
  }
}
