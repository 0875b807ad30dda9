import type { LabelledCase, LabelledSpan } from '../evaluate.ts';
import type { Random } from './random.ts';

/** Puts values into realistic events and labels them. */
export class CaseList {
  readonly cases: LabelledCase[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** A personal value in the field at `path`. */
  field(type: string, path: string, value: string | number): void {
    this.add(path, value, [{ path, type, value: String(value) }], []);
  }

  /** A personal value in a sentence; `{}` in the template is its place. */
  text(type: string, template: string, value: string): void {
    const path = this.random.pick([
      'properties.message',
      'properties.feedback.text',
      'properties.error.message',
      'properties.description',
    ]);
    this.add(
      path,
      template.replace('{}', () => value),
      [{ path, type, value }],
      [],
    );
  }

  /** A personal value inside a larger one whose other parts must survive. */
  inside(type: string, path: string, whole: unknown, value: string, clean: readonly string[]): void {
    this.add(path, whole, [{ path, type, value }], clean);
  }

  /** A value that only looks personal. */
  negative(path: string, value: string | number): void {
    this.add(path, value, [], [String(value)]);
  }

  private add(path: string, value: unknown, pii: readonly LabelledSpan[], clean: readonly string[]): void {
    const { event, kept } = baseEvent(this.random);
    const names = path.split('.');
    let at = event;
    for (const name of names.slice(0, -1)) {
      const below = at[name];
      const next = typeof below === 'object' && below !== null ? (below as Record<string, unknown>) : {};
      at[name] = next;
      at = next;
    }
    at[names.at(-1) ?? ''] = value;
    this.cases.push({ id: `corpus-${this.cases.length + 1}`, event, pii, clean: [...kept, ...clean] });
  }
}

/** Two of the usual envelopes, with identifiers, versions and products that must survive every case. */
function baseEvent(random: Random): { readonly event: Record<string, unknown>; readonly kept: string[] } {
  const id = random.uuid();
  const time = `${random.date(2021, 2025)}T${random.int(10, 23)}:${random.int(10, 59)}:07.${random.digits(3)}Z`;
  const version = `${random.int(1, 12)}.${random.int(0, 30)}.${random.int(0, 40)}`;
  const product = random.pick([
    'Marie Curie Mug',
    'Nike Air 97',
    'Stan Smith Lux',
    'Roomba 980',
    'Charles Chair',
  ]);
  const order = random.pick([
    `ORD-2024-${random.digits(6)}`,
    `#${random.digits(5)}`,
    `so_${random.alnum(14)}`,
  ]);
  const device = random.pick(['iPhone16,2', 'SM-S921B', 'Moto G (2023)', 'MacBookAir10,1']);
  const kept = [id, time, version, device, order, product];
  if (random.next() < 0.5) {
    const properties = {
      order: { id: order, total: 12.5, lines: [{ p: product, n: 1 }] },
      app_version: version,
      device_model: device,
    };
    return {
      event: {
        event_id: id,
        event_name: 'search',
        event_time: time,
        user_id: `usr_${random.hex(12)}`,
        properties,
        context: {},
      },
      kept,
    };
  }
  const context = { app: { name: 'web', version }, device: { model: device }, locale: 'ja-JP' };
  const properties = {
    order_id: order,
    product: { name: product, sku: `SKU-${random.hex(6).toUpperCase()}` },
  };
  return {
    event: { type: 'track', event: 'Order Completed', messageId: id, timestamp: time, properties, context },
    kept,
  };
}
