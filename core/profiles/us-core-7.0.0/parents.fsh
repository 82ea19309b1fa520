// What profiles of other guides inherit from US Core 7.0.0. No pack is made of it: who wants US Core loads the
// published package.

Alias: $participant-type = http://terminology.hl7.org/CodeSystem/provenance-participant-type
Alias: $us-core-participant-type = http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type
Alias: $us-core-patient = http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient
Alias: $us-core-practitioner = http://hl7.org/fhir/us/core/StructureDefinition/us-core-practitioner
Alias: $us-core-relatedperson = http://hl7.org/fhir/us/core/StructureDefinition/us-core-relatedperson
Alias: $us-core-location = http://hl7.org/fhir/us/core/StructureDefinition/us-core-location
Alias: $us-core-coverage = http://hl7.org/fhir/us/core/StructureDefinition/us-core-coverage
Alias: $usps-state = http://hl7.org/fhir/us/core/ValueSet/us-core-usps-state
Alias: $completion-mode = http://hl7.org/fhir/StructureDefinition/questionnaireresponse-completionMode
Alias: $response-signature = http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature
Alias: $display = http://hl7.org/fhir/StructureDefinition/display
Alias: $questionnaire-uri = http://hl7.org/fhir/us/core/StructureDefinition/us-core-extension-questionnaire-uri
Alias: $item-media = http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemMedia
Alias: $answer-media = http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemAnswerMedia
Alias: $sdc-questionnaire = http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire
Alias: $ordinal-value = http://hl7.org/fhir/StructureDefinition/ordinalValue

// Slices told apart by a value, with anything beside them.
RuleSet: SlicedBy(path)
* ^slicing.discriminator.type = #value
* ^slicing.discriminator.path = "{path}"
* ^slicing.rules = #open

Invariant: us-core-16
Description: "An NPI has ten digits."
Severity: #error
Expression: "value.matches('^[0-9]{10}$')"

Invariant: us-core-17
Description: "The check digit of an NPI, by Luhn's algorithm, is right."
Severity: #error
Expression: "(((select(value.substring(0,1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))+(value.substring(1,1).toInteger())+(select(value.substring(2,1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))+(value.substring(3,1).toInteger())+(select(value.substring(4,1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))+(value.substring(5,1).toInteger())+(select(value.substring(6,1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))+(value.substring(7,1).toInteger())+(select(value.substring(8,1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))+(value.substring(9,1).toInteger()) + 24)mod 10=0)"

Invariant: us-core-18
Description: "A CLIA number has two digits, a D and seven digits."
Severity: #error
Expression: "value.matches('^[0-9]{2}D[0-9]{7}$')"

Invariant: us-core-19
Description: "A NAIC code has five digits."
Severity: #error
Expression: "value.matches('^[0-9]{5}$')"

Profile: USCoreOrganization
Parent: Organization
Id: us-core-organization
* identifier MS
  * insert SlicedBy($this)
  * system 0..1 MS
  * value 0..1 MS
* identifier contains NPI 0..* MS and CLIA 0..* and NAIC 0..*
* identifier[NPI] obeys us-core-16 and us-core-17
* identifier[NPI] ^patternIdentifier.system = "http://hl7.org/fhir/sid/us-npi"
* identifier[CLIA] obeys us-core-18
* identifier[CLIA] ^patternIdentifier.system = "urn:oid:2.16.840.1.113883.4.7"
* identifier[NAIC] obeys us-core-19
* identifier[NAIC] ^patternIdentifier.system = "urn:oid:2.16.840.1.113883.6.300"
* active 1..1 MS
* name 1..1 MS
* telecom MS
  * system MS
  * value MS
* address MS
  * line 0..4 MS
  * city MS
  * state MS
  * state from $usps-state (extensible)
  * postalCode MS
  * country MS

Invariant: pd-1
Description: "There is contact information, or a reference to an Endpoint."
Severity: #error
Expression: "telecom.exists() or endpoint.exists()"

Invariant: us-core-13
Description: "There is a practitioner, an organization, a service or a location."
Severity: #error
Expression: "practitioner.exists() or organization.exists() or healthcareService.exists() or location.exists()"

Profile: USCorePractitionerRole
Parent: PractitionerRole
Id: us-core-practitionerrole
* obeys pd-1 and us-core-13
* practitioner only Reference($us-core-practitioner)
* practitioner MS
* organization only Reference(USCoreOrganization)
* organization MS
* code MS
* code from http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113762.1.4.1099.30 (extensible)
* specialty MS
* specialty from http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.114222.4.11.1066 (extensible)
* location only Reference($us-core-location)
* location MS
* telecom MS
  * system 1..1 MS
  * value 1..1 MS
* endpoint MS

Invariant: provenance-1
Description: "A Practitioner or Device acts on behalf of somebody."
Severity: #error
Expression: "who.exists((resolve() is Practitioner) or (resolve() is Device)) implies onBehalfOf.exists()"

Profile: USCoreProvenance
Parent: Provenance
Id: us-core-provenance
* target MS
  * reference MS
* recorded MS
* agent MS
* agent obeys provenance-1
* agent insert SlicedBy(type)
  * type MS
  * type from http://hl7.org/fhir/us/core/ValueSet/us-core-provenance-participant-type (extensible)
  * who only Reference(USCoreOrganization or $us-core-practitioner or $us-core-patient or USCorePractitionerRole or $us-core-relatedperson or Device)
  * who MS
  * onBehalfOf only Reference(USCoreOrganization)
  * onBehalfOf MS
* agent contains ProvenanceAuthor 0..* MS and ProvenanceTransmitter 0..* MS
* agent[ProvenanceAuthor].type 1..1 MS
* agent[ProvenanceAuthor].type = $participant-type#author
* agent[ProvenanceTransmitter].type 1..1 MS
* agent[ProvenanceTransmitter].type = $us-core-participant-type#transmitter

Invariant: sdcqr-1
Description: "The answers are about somebody."
Severity: #warning
Expression: "subject.exists()"

Invariant: sdcqr-2
Description: "No two items of a group or of an answer have the same linkId, where they are answered."
Severity: #error
Expression: "(QuestionnaireResponse|repeat(answer|item)).select(item.where(answer.value.exists()).linkId.isDistinct()).allTrue()"

// With what it inherits from the QuestionnaireResponse of Structured Data Capture.
Profile: USCoreQuestionnaireResponse
Parent: QuestionnaireResponse
Id: us-core-questionnaireresponse
* obeys sdcqr-1 and sdcqr-2
* extension contains $response-signature named signature 0..* and $completion-mode named completionMode 0..1
* identifier MS
* questionnaire 1..1 MS
* questionnaire only Canonical($sdc-questionnaire)
* questionnaire.extension contains $display named questionnaireDisplay 0..1 MS and $questionnaire-uri named url 0..1 MS
* status MS
* subject 1..1 MS
* subject only Reference($us-core-patient or Resource)
* authored 1..1 MS
* author only Reference($us-core-practitioner or USCoreOrganization or $us-core-patient or PractitionerRole or Device or $us-core-relatedperson)
* author MS
* item MS
  * extension contains $item-media named itemMedia 0..1 and $response-signature named ItemSignature 0..*
  * linkId MS
  * text MS
  * answer MS
    * extension contains $answer-media named itemAnswerMedia 0..1 and $ordinal-value named ordinalValue 0..1
    * value[x] MS
    * item MS
  * item MS
