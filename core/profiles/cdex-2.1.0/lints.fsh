// What the guide means or says elsewhere and its profiles do not demand: warnings, never errors.

Invariant: lint-cdex-9
Description: "Exactly one input asks; other than in cdex-9 the systems of the codes count, and no input counts twice."
Severity: #warning
Expression: "input.where(type.coding.where((system='http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp' and (code='data-query' or code='data-code')) or (system='http://hl7.org/fhir/uv/sdc/CodeSystem/temp' and code='questionnaire')).exists()).count()=1"

// CONF-083
Invariant: lint-noe
Description: "A purpose not elsewhere classified comes with a second code that says more."
Severity: #warning
Expression: "coding.code.where($this.matches('-noe$')).exists() implies coding.count() > 1"

// The definition of $submit-attachment
Invariant: lint-provider
Description: "The organization or the provider is named."
Severity: #warning
Expression: "parameter.where(name='OrganizationId' or name='ProviderId').exists()"

// CONF-012, CONF-079
Invariant: lint-service-date
Description: "An attachment to a claim names the day of service."
Severity: #warning
Expression: "parameter.where(name='AttachTo' and value = 'claim').exists() implies parameter.where(name='ServiceDate' and value.toString().length() = 10).exists()"
