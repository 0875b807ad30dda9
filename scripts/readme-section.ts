/** A Markdown text with what stands between `<!-- name:start -->` and `<!-- name:end -->` replaced. */
export function withSection(text: string, name: string, content: string): string {
  const start = `<!-- ${name}:start -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the text has no section between ${start} and ${end}`);
  return `${text.slice(0, from)}${start}\n${content}\n${text.slice(to)}`;
}
