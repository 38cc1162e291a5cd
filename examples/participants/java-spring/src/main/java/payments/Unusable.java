package payments;

/** The record is set aside, with a code and a reason. */
final class Unusable extends Exception {
  final String code;

  Unusable(String code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  static Unusable malformed(String problem) {
    return new Unusable("COMMAND_MALFORMED", "The message is not a command: " + problem + ".");
  }
}
