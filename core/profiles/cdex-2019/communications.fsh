// The request and its answers. What they refer to is to keep profiles of HRex 0.1.0 and US Core 3.0.0, of which no
// package is to be had; so much as the type of what a reference leads to can be told all the same.

Alias: $us-core-patient = http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient
Alias: $hrex-organization = http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-organization
Alias: $hrex-practitionerrole = http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-practitionerrole

Extension: CDexPayloadQueryString
Id: cdex-payload-query-string
Context: Communication.payload, CommunicationRequest.payload
* value[x] 1..1
* value[x] only string

// Its value set is made of others that only a terminology server has.
Extension: CDexPayloadClinicalNoteType
Id: cdex-payload-clinical-note-type
Context: Communication.payload, CommunicationRequest.payload
* value[x] 1..1
* value[x] only CodeableConcept
* value[x] from http://hl7.org/fhir/us/davinci-cdex/ValueSet/cdex-clinical-note-type (extensible)

Invariant: leads-to-patient
Description: "A reference that names a type names Patient."
Severity: #error
Expression: "reference.where($this.matches('(^|/)[A-Z][A-Za-z]+/[^/]+(/_history/[^/]+)?$')).all($this.matches('(^|/)Patient/'))"

Invariant: leads-to-organization
Description: "A reference that names a type names Organization."
Severity: #error
Expression: "reference.where($this.matches('(^|/)[A-Z][A-Za-z]+/[^/]+(/_history/[^/]+)?$')).all($this.matches('(^|/)Organization/'))"

Invariant: leads-to-requester
Description: "A reference that names a type names PractitionerRole or Organization."
Severity: #error
Expression: "reference.where($this.matches('(^|/)[A-Z][A-Za-z]+/[^/]+(/_history/[^/]+)?$')).all($this.matches('(^|/)(PractitionerRole|Organization)/'))"

// The guide's own examples have it the wrong way round.
Invariant: lint-roles
Description: "Sender and recipients are those of the answer: who asks is no sender, unless it is a recipient as well."
Severity: #warning
Expression: "requester.reference.intersect(sender.reference).exists() implies recipient.where(reference = %resource.requester.reference).exists()"

RuleSet: SentAbout
* payload 1..* MS
  * extension contains CDexPayloadQueryString named payloadQueryString 0..1 MS
      and CDexPayloadClinicalNoteType named payloadClinicalNoteType 0..1 MS
  * content[x] MS
* subject 1..1 MS
* subject only Reference($us-core-patient)
* subject obeys leads-to-patient
* recipient 1..* MS
* recipient only Reference($hrex-organization)
* recipient obeys leads-to-organization
* sender 1..1 MS
* sender only Reference($hrex-organization)
* sender obeys leads-to-organization
* note MS

Profile: CDexCommunicationRequest
Parent: CommunicationRequest
Id: cdex-communicationrequest
* insert SentAbout
* requester 1..1
* requester only Reference($hrex-practitionerrole or $hrex-organization)
* requester obeys leads-to-requester
* obeys lint-roles

Profile: CDexCommunication
Parent: Communication
Id: cdex-communication
* insert SentAbout
* basedOn
  * ^slicing.discriminator.type = #profile
  * ^slicing.discriminator.path = "reference"
  * ^slicing.rules = #open
* basedOn contains communication_request_slice 0..* MS
* basedOn[communication_request_slice] only Reference(CDexCommunicationRequest)
