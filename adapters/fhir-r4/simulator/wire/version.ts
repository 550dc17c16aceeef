import type { Settings } from '../settings.ts';

/** `meta.versionId`: opaque to clients, and here without an order where the setting says so. */
export function versionId(version: number, { versionIds }: Settings): string {
  return versionIds === 'numbers'
    ? String(version)
    : `${((version * 7_919) % 9_973).toString(36)}.${version}`;
}

export function metaOf(
  version: number,
  lastUpdated: number,
  settings: Settings,
): { readonly versionId: string; readonly lastUpdated: string } {
  return { versionId: versionId(version, settings), lastUpdated: new Date(lastUpdated).toISOString() };
}

/** ETag (weak, FHIR R4 §3.1.0.1.3) and Last-Modified. */
export function versionHeaders(
  version: number,
  lastUpdated: number,
  settings: Settings,
): Readonly<Record<string, string>> {
  return {
    etag: `W/"${versionId(version, settings)}"`,
    'last-modified': new Date(lastUpdated).toUTCString(),
  };
}
