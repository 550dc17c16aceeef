import { z } from '#adapter-kit/index.ts';
import { type AnyResource, type OperationOutcomeResource, operationOutcome } from './resources.ts';

/** A page of a search, or what an operation gives: resources of the kinds that were asked for, and nothing else. */
export interface Page {
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry: readonly {
    readonly resource?: AnyResource | undefined;
    readonly search?: { readonly mode?: string | undefined } | undefined;
  }[];
}

export type Shapes = Readonly<Partial<Record<AnyResource['resourceType'], z.ZodType>>>;

/**
 * Schema of a Bundle that may hold these types; entries of another type are dropped. `total` is not among what is kept:
 * servers count pages, matches or nothing by it. An entry that is of a type and not of its shape fails the whole answer,
 * except where the shape itself is {@link tolerant}.
 */
export function bundleOf(shapes: Shapes) {
  return z.object({
    resourceType: z.literal('Bundle'),
    link: z
      .array(z.object({ relation: z.string().max(40), url: z.string().max(8_000) }))
      .default([])
      .transform((links) => links.filter(({ relation }) => relation === 'self' || relation === 'next')),
    entry: z
      .array(
        z.object({
          resource: resourceOf(shapes).optional(),
          search: z.object({ mode: z.string().max(20).optional() }).optional(),
        }),
      )
      .default([]),
  });
}

/**
 * Schema of an operation's answer, whichever way the server spells it: the result itself, or Parameters around it (FHIR
 * R4 §3.2.0.4.2 says bare when the only output is called `return`; some servers wrap it all the same). It is a bundle in
 * the end.
 */
export function operationResult(shapes: Shapes) {
  const bundle = bundleOf(shapes);
  const single = resourceOf(shapes).transform((resource) => ({ link: [], entry: [{ resource }] }));
  const wrapped = z
    .object({
      resourceType: z.literal('Parameters'),
      parameter: z.array(z.object({ name: z.string(), resource: z.unknown() })),
    })
    .transform(({ parameter }) => {
      const withResource = parameter.filter(({ resource }) => resource !== undefined);
      return (withResource.find(({ name }) => name === 'return') ?? withResource[0])?.resource;
    })
    .pipe(z.union([bundle, single]));
  return z
    .union([bundle, wrapped, single])
    .transform(({ link, entry }) => ({ resourceType: 'Bundle', link, entry }));
}

/** A resource that is not of its shape is as if it were not there. Never for what a booking is looked for among. */
export function tolerant<T extends z.ZodType>(shape: T) {
  return z.unknown().transform((value): z.infer<T> | undefined => {
    const parsed = shape.safeParse(value);
    return parsed.success ? parsed.data : undefined;
  });
}

export function outcomesOf(page: Page): readonly OperationOutcomeResource[] {
  return page.entry.flatMap(({ resource }) =>
    resource?.resourceType === 'OperationOutcome' ? [resource] : [],
  );
}

function resourceOf(shapes: Shapes) {
  const known: Shapes = { OperationOutcome: operationOutcome, ...shapes };
  return z
    .looseObject({ resourceType: z.string() })
    .transform((resource, context): AnyResource | undefined => {
      const shape = Object.hasOwn(known, resource.resourceType)
        ? known[resource.resourceType as AnyResource['resourceType']] // the line above has seen that it is one
        : undefined;
      if (shape === undefined) return undefined;
      const parsed = shape.safeParse(resource);
      if (parsed.success) return parsed.data as AnyResource | undefined; // of the type that its schema makes
      context.addIssue({ code: 'custom', message: `Not a ${resource.resourceType}.` });
      return z.NEVER;
    });
}
