package payments;

import static payments.Unusable.malformed;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON as the protocol has it. */
final class Json {
  private static final int DEPTH_MAX = 100;
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private Json() {}

  static Object read(String text) throws Unusable {
    Object value;
    try {
      value = MAPPER.readValue(text, Object.class);
    } catch (JacksonException error) {
      throw malformed("its value is not JSON");
    }
    if (!isStorable(value, 0)) throw malformed("its value holds NUL, or nests too deep");
    return value;
  }

  static String write(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** Keys sorted: a sender that keeps its commands as jsonb sends them again in another order. */
  static String canonical(Object value) {
    return write(sorted(value));
  }

  private static Object sorted(Object value) {
    if (value instanceof List<?> list) return list.stream().map(Json::sorted).toList();
    if (!(value instanceof Map<?, ?> map)) return value;
    Map<String, Object> sorted = new TreeMap<>();
    map.forEach((name, inner) -> sorted.put((String) name, sorted(inner)));
    return sorted;
  }

  /** Postgres keeps neither NUL nor half a surrogate pair in a text. */
  private static boolean isStorable(Object value, int depth) {
    if (depth > DEPTH_MAX) return false;
    if (value instanceof String text) {
      return text.indexOf('\0') == -1 && text.codePoints().noneMatch(Json::isHalf);
    }
    if (value instanceof List<?> list) {
      return list.stream().allMatch(inner -> isStorable(inner, depth + 1));
    }
    if (!(value instanceof Map<?, ?> map)) return true;
    return map.entrySet().stream()
        .allMatch(one -> isStorable(one.getKey(), depth) && isStorable(one.getValue(), depth + 1));
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
