// @ts-check
/** Other validators for JavaScript, each given what `JSON.parse` read. Resolved from the bench's own cache. */

/**
 * @param {(name: string) => Promise<any>} definitions
 * @returns {Promise<Record<string, (resource: any) => unknown>>} each gives or throws what it found
 */
export async function peers(definitions) {
  return { "AJV, HL7's schema": await ajv(definitions), "@medplum/core": await medplum(definitions) };
}

/** Compiled for one type at a time, and in Bundles for the types that occur: as it is, it tries all in turn. */
async function ajv(/** @type {(name: string) => Promise<any>} */ definitions) {
  const { default: Ajv } = await import(/** @type {string} */ ("ajv"));
  const {
    $schema: _,
    id: __,
    discriminator: ___,
    oneOf: ____,
    ...schema
  } = await definitions("fhir.schema.json");
  const types = [
    "Bundle",
    "CommunicationRequest",
    "Communication",
    "Task",
    "Patient",
    "Organization",
    "Practitioner",
  ];
  schema.definitions.ResourceList.oneOf = types.map((type) => ({ $ref: `#/definitions/${type}` }));
  const ajv = new Ajv.default({ strict: false, validateFormats: false, logger: false });
  ajv.addSchema(schema, "fhir");
  /** @type {Map<string, (resource: any) => boolean>} */
  const compiled = new Map();
  const compile = (/** @type {string} */ type) => {
    const check = ajv.compile({ $ref: `fhir#/definitions/${type}` });
    compiled.set(type, check);
    return check;
  };
  return (/** @type {any} */ resource) =>
    (compiled.get(resource.resourceType) ?? compile(resource.resourceType))(resource);
}

async function medplum(/** @type {(name: string) => Promise<any>} */ definitions) {
  // It names what Node has from version 22 on; nothing here connects.
  Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? class {} });
  const { indexStructureDefinitionBundle, validateResource } = await import(
    /** @type {string} */ ("@medplum/core")
  );
  for (const name of ["profiles-types.json", "profiles-resources.json"]) {
    indexStructureDefinitionBundle(await definitions(name));
  }
  return (/** @type {any} */ resource) => {
    try {
      return validateResource(resource);
    } catch (outcome) {
      return outcome;
    }
  };
}
