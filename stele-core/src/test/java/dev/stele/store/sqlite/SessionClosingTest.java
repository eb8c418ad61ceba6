package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.UncheckedSqlException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Statements of a real connection whose closing fails: everything else is closed nevertheless. */
class SessionClosingTest {

    /** Returns an object whose method {@code close} closes it and then fails. */
    private static <T> T failingOnClose(Class<T> type, T real) {
        InvocationHandler handler = (_, method, arguments) -> {
            try {
                Object result = method.invoke(real, arguments);
                if (method.getName().equals("close")) {
                    throw new SQLException("closing failed");
                }
                return result instanceof PreparedStatement statement
                        ? failingOnClose(PreparedStatement.class, statement)
                        : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    void connectionIsClosedEvenIfItsStatementsFailToClose() throws Exception {
        Connection real = DriverManager.getConnection("jdbc:sqlite::memory:");
        var session = new SqlSession(failingOnClose(Connection.class, real), SqliteDialect.INSTANCE, 0);
        for (String query : List.of("select 1", "select 2", "select 3")) {
            assertThat(session.number(query)).isPositive();
        }
        assertThatThrownBy(session::close)
                .isInstanceOf(UncheckedSqlException.class)
                .hasMessageContaining("closing failed");
        assertThat(real.isClosed()).isTrue();
    }
}
