import { findMarkers } from '#domain/marker.ts';

/**
 * Every booking marker in a text, in order, each once: `GW:` + 10 base32 characters + `.` + the number of the attempt.
 * A response schema uses it as a transform, so that a free-text field ends at the wall and only markers go on.
 */
export function markersIn(text: string): readonly string[] {
  return [...new Set(findMarkers(text))];
}
