package dev.stele.cli;

import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Parser of command lines without mistakes, by the same annotations that the full parser reads.
 *
 * <p>The full parser consists of two hundred classes in a format so old that the start-up cache does not take them, and
 * loading them takes longer than most commands run. This parser knows long options with their values, flags, and the
 * parameters of a command without subcommands. Everything else, mistakes and {@code --help} included, is left to the
 * full parser, which sets the same fields for every command line that this parser takes. Not thread-safe.
 */
final class SimpleArguments {

    /** Marker of the annotations for an option without a default value. */
    private static final String NO_DEFAULT = "__no_default_value__";

    private final Map<String, Target> options = new HashMap<>();
    private final Set<String> given = new HashSet<>();
    private @Nullable Target parameters;
    private int minParameters;
    private boolean isSupported = true;

    /** Field that takes values, and the object that has it. */
    private record Target(Object owner, Field field, Type type) {
        boolean isFlag() {
            return type == boolean.class;
        }

        boolean takesSeveral() {
            return type instanceof ParameterizedType;
        }
    }

    private SimpleArguments(Object command) throws IllegalAccessException {
        addFields(command);
    }

    /**
     * Returns the command of a command line with its fields set; null if the full parser is needed.
     *
     * @param command new object of the command
     * @param arguments arguments after the name of the command
     */
    static @Nullable Callable<Integer> parse(Callable<Integer> command, List<String> arguments) {
        try {
            var parser = new SimpleArguments(command);
            return parser.isSupported && parser.take(arguments) ? command : null;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("a field of " + command + " cannot be set", e);
        }
    }

    private void addFields(Object owner) throws IllegalAccessException {
        for (Class<?> type = owner.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                addField(owner, field);
            }
        }
    }

    private void addField(Object owner, Field field) throws IllegalAccessException {
        Option option = field.getAnnotation(Option.class);
        Parameters positional = option == null ? field.getAnnotation(Parameters.class) : null;
        if (option != null) {
            field.setAccessible(true);
            var target = new Target(owner, field, field.getGenericType());
            for (String name : option.names()) {
                options.put(name, target);
            }
            isSupported &= !option.required()
                    && option.arity().isEmpty()
                    && option.split().isEmpty();
            isSupported &= option.defaultValue().equals(NO_DEFAULT) || set(target, option.defaultValue());
        } else if (positional != null) {
            field.setAccessible(true);
            isSupported &= parameters == null && positional.index().isEmpty();
            parameters = new Target(owner, field, field.getGenericType());
            String arity = positional.arity();
            minParameters = arity.startsWith("0") ? 0 : 1;
            isSupported &= Set.of("", "0..1", "0..*", "1..*").contains(arity);
            isSupported &= positional.defaultValue().equals(NO_DEFAULT) || set(parameters, positional.defaultValue());
        } else if (field.isAnnotationPresent(Mixin.class)) {
            field.setAccessible(true);
            Object mixin = field.get(owner);
            isSupported &= mixin != null;
            if (mixin != null) {
                addFields(mixin);
            }
        } else {
            isSupported &= !field.isAnnotationPresent(ArgGroup.class) && !field.isAnnotationPresent(Spec.class);
        }
    }

    private boolean take(List<String> arguments) throws IllegalAccessException {
        var words = new ArrayList<String>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("-") || argument.length() == 1) {
                words.add(argument);
                continue;
            }
            String[] parts = argument.split("=", 2);
            Target target = options.get(parts[0]);
            if (target == null || (!given.add(parts[0]) && !target.takesSeveral())) {
                return false;
            }
            if (target.isFlag()) {
                if (parts.length == 2) {
                    return false;
                }
                target.field().setBoolean(target.owner(), true);
                continue;
            }
            String value = parts.length == 2 ? parts[1] : i + 1 < arguments.size() ? arguments.get(++i) : "-";
            if ((parts.length == 1 && value.startsWith("-")) || !set(target, value)) {
                return false;
            }
        }
        return takeParameters(words);
    }

    private boolean takeParameters(List<String> words) throws IllegalAccessException {
        if (parameters == null) {
            return words.isEmpty();
        }
        if (words.size() < minParameters || (words.size() > 1 && !parameters.takesSeveral())) {
            return false;
        }
        for (String word : words) {
            if (!set(parameters, word)) {
                return false;
            }
        }
        return true;
    }

    /** Sets or adds a value. Returns whether the field has a type that is known here and the text is a value of it. */
    private static boolean set(Target target, String text) throws IllegalAccessException {
        if (target.type() instanceof ParameterizedType type) {
            return add(target.field().get(target.owner()), type.getActualTypeArguments(), text);
        }
        Object value = converted(target.type(), text);
        if (value != null) {
            target.field().set(target.owner(), value);
        }
        return value != null;
    }

    @SuppressWarnings("unchecked") // the types of the elements are checked
    private static boolean add(@Nullable Object existing, Type[] elements, String text) {
        if (existing instanceof Map<?, ?> map && elements[0] == String.class) {
            int equals = text.indexOf('=');
            Object value = equals > 0 ? converted(elements[1], text.substring(equals + 1)) : null;
            if (value != null) {
                ((Map<String, Object>) map).put(text.substring(0, equals), value);
            }
            return value != null;
        }
        Object value = converted(elements[0], text);
        return value != null && existing instanceof Collection<?> list && ((Collection<Object>) list).add(value);
    }

    private static @Nullable Object converted(Type type, String text) {
        try {
            return type == String.class
                    ? text
                    : type == int.class || type == Integer.class
                            ? (Object) Integer.valueOf(text)
                            : type == double.class || type == Double.class
                                    ? (Object) Double.valueOf(text)
                                    : type == Path.class ? Path.of(text) : null;
        } catch (NumberFormatException | InvalidPathException e) {
            return null;
        }
    }
}
