/** The text is not JSON; `position` counts characters from 0. */
export class MalformedJson extends Error {
  readonly position: number;

  constructor(position: number) {
    super(`malformed JSON at character ${position + 1}`);
    this.name = 'MalformedJson';
    this.position = position;
  }
}
