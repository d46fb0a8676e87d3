/** An error that a service answers with: its code, text and HTTP status, before it is put into the service's shape. */
export class FakeAwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
