/** The wall did not let a request out. Nothing was sent. The reason is a short stable code and holds no data. */
export class WallRefusal extends Error {
  override readonly name = 'WallRefusal';
  readonly reason: string;

  constructor(reason: string, sentence = 'The request is outside the scheduling allow-list.') {
    super(`${sentence} (${reason})`);
    this.reason = reason;
  }
}
