package dev.millrace.copy;

import dev.millrace.lab.Lab;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.api.Subject;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** How many commit points a sink's readers were told of; databases keep the last alone. */
final class PublishedPoints {
  private PublishedPoints() {}

  static long of(Pipe pipe) throws Exception {
    return switch (pipe.target) {
      case SQLITE -> {
        try (java.sql.Connection file = DriverManager.getConnection("jdbc:sqlite:" + pipe.file())) {
          yield rows(file);
        }
      }
      case POSTGRES -> {
        try (java.sql.Connection server = DriverManager.getConnection(Lab.postgres().url())) {
          server.setSchema(pipe.database);
          yield rows(server);
        }
      }
      case JETSTREAM -> {
        Connection connection = Nats.connect(Lab.nats().url());
        try {
          StreamInfo info =
              connection
                  .jetStreamManagement()
                  .getStreamInfo(
                      pipe.database, StreamInfoOptions.filterSubjects(pipe.database + ".$commit"));
          List<Subject> subjects = info.getStreamState().getSubjects();
          yield subjects == null ? 0 : subjects.stream().mapToLong(Subject::getCount).sum();
        } finally {
          connection.close();
        }
      }
    };
  }

  private static long rows(java.sql.Connection database) throws SQLException {
    try (Statement select = database.createStatement();
        ResultSet row = select.executeQuery("SELECT count(*) FROM millrace_commits")) {
      row.next();
      return row.getLong(1);
    }
  }
}
