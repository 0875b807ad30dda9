import type { MissionRow } from '../mission/row.ts';
import { tellByBrowser } from './sdk-in-browser.ts';
import { tellByNode } from './sdk-in-node.ts';

export const sdks: MissionRow = {
  row: 27,
  name: 'SDKs',
  async check(context) {
    const node = await tellByNode(context);
    return `${node}. ${await tellByBrowser(context)}`;
  },
};
