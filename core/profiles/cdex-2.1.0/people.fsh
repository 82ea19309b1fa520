// Whom a request for attachments is about, and whom it is for; both are contained in it.

Alias: $carin-identifier-type = http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType

Profile: CDexPatientDemographics
Parent: Patient
Id: cdex-patient-demographics
* id 1..1 MS
* id = "patient" (exactly)
* identifier 1..* MS
* identifier insert SlicedBy($this)
* identifier.value 1..1 MS
* identifier contains mb 1..1 MS and pat 0..1 MS
* identifier[mb] ^patternIdentifier.type = $v2-0203#MB
* identifier[pat] ^patternIdentifier.type = $carin-identifier-type#pat
* name 1..1 MS
* birthDate 1..1 MS

Invariant: cdex-3
Description: "The practitioner or the organization has an identifier."
Severity: #error
Expression: "practitioner.identifier.exists() or organization.identifier.exists()"

Profile: CDexPractitionerRole
Parent: PractitionerRole
Id: cdex-practitionerrole
* obeys cdex-3
* id 1..1 MS
* id = "practitionerrole" (exactly)
* practitioner only Reference($us-core-practitioner|3.1.1 or $us-core-practitioner|6.1.0 or $us-core-practitioner|7.0.0)
* practitioner MS
  * identifier 1..1 MS
* organization only Reference(HRexOrganization)
* organization MS
  * identifier 1..1 MS
