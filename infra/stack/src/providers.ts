import { dockerProvider } from './docker/docker-provider.ts';
import { externalProvider } from './external/external-provider.ts';
import { nativeProvider } from './native/native-provider.ts';
import type { Provider } from './provider.ts';
import type { ProviderName } from './settings.ts';

export const providers: Readonly<Record<ProviderName, Provider>> = {
  docker: dockerProvider,
  native: nativeProvider,
  external: externalProvider,
};
