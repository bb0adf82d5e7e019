/** What this package throws: the API's own error body as an Error. */
export class FlightingError extends Error {
  /**
   * @param {{ code: string, message: string, field?: string, details?: object }} body
   * @param {ErrorOptions} [options]
   */
  constructor(body, options) {
    super(body.message, options);
    this.name = 'FlightingError';
    this.code = body.code;
    this.field = body.field;
    this.details = body.details;
    this.issues = body.details?.issues ?? [];
  }
}

/** An error that is not the core's: wrong use of this package. */
export function misuse(message, cause) {
  return new FlightingError({ code: 'BAD_REQUEST', message }, cause === undefined ? undefined : { cause });
}
