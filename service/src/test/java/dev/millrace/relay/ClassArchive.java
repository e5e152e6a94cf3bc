package dev.millrace.relay;

import dev.millrace.lab.Folders;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What halves the start of a JVM, as the launcher does it for people: an archive of loaded classes,
 * made by the first process that ends in good order. It wants a class path of jars alone, so the
 * folders of this one are put into jars, once per test JVM.
 */
final class ClassArchive {
  private static @Nullable List<String> options;

  private ClassArchive() {}

  /** A class path with all of ours and its archive, as options of the JVM. */
  static synchronized List<String> options() {
    List<String> made = options;
    if (made == null) {
      try {
        made = make();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      options = made;
    }
    return made;
  }

  private static List<String> make() throws IOException {
    Path folder = Files.createTempDirectory("millrace-classes-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
    List<String> jars = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        jars.add(jar(path, folder.resolve(jars.size() + ".jar")).toString());
      } else if (Files.exists(path)) {
        jars.add(entry);
      }
    }
    return List.of(
        "-XX:+AutoCreateSharedArchive",
        "-XX:SharedArchiveFile=" + folder.resolve("classes.jsa"),
        "-cp",
        String.join(File.pathSeparator, jars));
  }

  private static void delete(Path folder) {
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path jar(Path classes, Path jar) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(
            new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
    return jar;
  }
}
