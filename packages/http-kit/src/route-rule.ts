/**
 * What a route asks of whoever comes; every route states one. `A` names what a role may do: which roles those are stands in
 * one table of the service.
 */
export type RouteRule<A extends string = never> =
  /** Anybody. It says why that harms nobody. */
  | { readonly credential: 'none'; readonly why: string }
  /** Producers, by their write keys. */
  | { readonly credential: 'write key' }
  /** Readers, by an API key or a token of the identity provider. */
  | { readonly credential: 'API key'; readonly action: A }
  /** Whoever runs the service: open on loopback; elsewhere what tells of its inside asks for ADMIN_TOKEN. */
  | { readonly credential: 'admin token'; readonly why: string }
  /** Another service decides, by a rule of its own. */
  | { readonly credential: 'passed on'; readonly to: string };
