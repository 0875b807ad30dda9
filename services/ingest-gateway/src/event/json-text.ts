/** A JSON value that stays text: what producers attach is passed on as it came, numbers of any size included. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isObject(): boolean {
    return this.text.startsWith('{');
  }
}
