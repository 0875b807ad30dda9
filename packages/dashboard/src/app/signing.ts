import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../api/api.gen.ts';

/** Who looks, and how to leave. */
export interface Signed {
  readonly session: Session | null;
  readonly signOut: (why?: string) => void;
}

export const SignedContext = createContext<Signed>({ session: null, signOut: () => undefined });

export const useSignOut = () => useContext(SignedContext).signOut;

/** Whether the key's role may do something. */
export function useMay(action: Session['may'][number]): boolean {
  return useContext(SignedContext).session?.may.includes(action) ?? false;
}
