//! What the server says it can do.

use serde_json::{Value, json};

use crate::{
    message::{FHIR_JSON, Response},
    route::Call,
    search::parameters,
    server::Server,
    subscription, types,
};

/// `GET [base]/metadata`: a CapabilityStatement.
pub(crate) fn capabilities(server: &Server, call: &Call<'_>) -> Response {
    let codes = |codes: &[&str]| codes.iter().map(|code| json!({ "code": code })).collect::<Vec<_>>();
    let resource = |name: &str| {
        let parameters: Vec<Value> = parameters::of(name)
            .map(|parameter| json!({ "name": parameter.name, "type": parameter.kind.code() }))
            .collect();
        let mut resource = json!({
            "type": name,
            "interaction": codes(&[
                "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create",
                "search-type",
            ]),
            "versioning": "versioned-update",
            "readHistory": true,
            "updateCreate": true,
            "conditionalCreate": true,
            "conditionalRead": "not-match",
            "conditionalUpdate": false,
            "conditionalDelete": "not-supported",
            "searchParam": parameters,
        });
        subscription::advertise(server, &mut resource);
        resource
    };
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": call.now,
        "kind": "instance",
        "software": { "name": "fhir-solicit-world", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "A test peer in memory", "url": server.base() },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [{
            "mode": "server",
            "resource": types::all().map(resource).collect::<Vec<_>>(),
            "interaction": codes(&["transaction", "batch", "history-system"]),
        }],
    });
    Response::new(200).with_body(FHIR_JSON, statement.to_string())
}
