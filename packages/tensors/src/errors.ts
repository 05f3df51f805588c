/** The class of every error that pushforward throws on purpose. Its message states the rule and the value that broke it. */
export class PushforwardError extends Error {
  /** The name of the class. */
  override name = 'PushforwardError';
}

/** A tensor whose shape does not fit. */
export class ShapeError extends PushforwardError {
  override name = 'ShapeError';
}

/** A number outside the range in which a definition holds. */
export class DomainError extends PushforwardError {
  override name = 'DomainError';
}

/** An option that is unknown, or does not go with another one. */
export class OptionError extends PushforwardError {
  override name = 'OptionError';
}

/** An engine that is missing, or cannot do what was asked. */
export class EngineError extends PushforwardError {
  override name = 'EngineError';
}

/** Data that cannot be used: a file, a table, a download. */
export class DataError extends PushforwardError {
  override name = 'DataError';
}

/** A model or checkpoint that cannot be written. */
export class SaveError extends PushforwardError {
  override name = 'SaveError';
}

/** A saved model or checkpoint that is damaged or does not belong to the module it is loaded into. */
export class LoadError extends PushforwardError {
  override name = 'LoadError';
}

/** Nothing is saved where a model or checkpoint was looked for. */
export class MissingError extends LoadError {
  override name = 'MissingError';
}

/** Training that cannot go on, such as a loss that is no longer a number. */
export class TrainingError extends PushforwardError {
  override name = 'TrainingError';
}
