// What $member-match takes and gives, and the patient, coverage and consent in it.

Alias: $v2-0203 = http://terminology.hl7.org/CodeSystem/v2-0203
Alias: $coverage-class = http://terminology.hl7.org/CodeSystem/coverage-class
Alias: $consent-scope = http://terminology.hl7.org/CodeSystem/consentscope
Alias: $consent-action = http://terminology.hl7.org/CodeSystem/consentaction
Alias: $act-code = http://terminology.hl7.org/CodeSystem/v3-ActCode
Alias: $participation = http://terminology.hl7.org/CodeSystem/v3-ParticipationType
Alias: $data-absent-reason = http://terminology.hl7.org/CodeSystem/data-absent-reason
Alias: $uri = urn:ietf:rfc:3986
Alias: $birth-sex = http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex

// A parameter that its name tells from others.
RuleSet: Named(name)
* name = "{name}" (exactly)
* name MS

RuleSet: NamedResource(name, profile)
* insert Named({name})
* resource 1..1 MS
* resource only {profile}

Profile: HRexParametersMemberMatchIn
Parent: Parameters
Id: hrex-parameters-member-match-in
* parameter 2..4 MS
* parameter insert SlicedBy(name)
* parameter ^slicing.rules = #closed
* parameter contains memberPatient 1..1 MS and CoverageToMatch 1..1 MS and CoverageToLink 0..1 MS and Consent 0..1
* parameter[memberPatient] insert NamedResource(MemberPatient, HRexPatientDemographics)
* parameter[CoverageToMatch] insert NamedResource(CoverageToMatch, HRexCoverage)
* parameter[CoverageToLink] insert NamedResource(CoverageToLink, HRexCoverage)
* parameter[Consent] insert NamedResource(Consent, HRexConsent)

Profile: HRexParametersMemberMatchOut
Parent: Parameters
Id: hrex-parameters-member-match-out
* parameter 1..3 MS
* parameter insert SlicedBy(name)
* parameter ^slicing.rules = #closed
* parameter contains MemberIdentifier 1..1 MS and MemberId 0..1
* parameter[MemberIdentifier]
  * insert Named(MemberIdentifier)
  * value[x] 1..1
  * valueIdentifier 1..1 MS
    * type 1..1 MS
    * type = $hrex-temp#UMB
    * value 1..1 MS
* parameter[MemberId]
  * insert Named(MemberId)
  * value[x] 1..1
  * valueReference 1..1 MS
  * valueReference only Reference(HRexPatientDemographics)
  * valueReference ^type.profile = HRexReferenceRest

Invariant: hrex-pat-1
Description: "There is a gender, or the sex at birth as an extension."
Severity: #error
Expression: "gender.exists() or extension('http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex').exists()"

Profile: HRexPatientDemographics
Parent: Patient
Id: hrex-patient-demographics
* obeys hrex-pat-1
* extension contains $birth-sex named us-core-birthSex 0..1 MS
* identifier insert SlicedBy($this)
* identifier contains umb 0..1 MS
* identifier[umb] ^patternIdentifier.type = $hrex-temp#UMB
* name 1..* MS
  * family 1..1 MS
  * given 1..* MS
* gender MS
* birthDate 1..1 MS
* address MS
  * line MS
  * city MS
  * state MS
  * postalCode MS
  * period MS

ValueSet: HRexCoverageRelationship
Id: hrex-coverage-relationship
* include codes from valueset http://hl7.org/fhir/ValueSet/subscriber-relationship
* $data-absent-reason#unknown

Invariant: us-core-15
Description: "The member is named, by an identifier of type MB or as the subscriber."
Severity: #error
Expression: "identifier.type.coding.where(system='http://terminology.hl7.org/CodeSystem/v2-0203' and code='MB').exists() or subscriberId.exists()"

Profile: HRexCoverage
Parent: Coverage
Id: hrex-coverage
* obeys us-core-15
* identifier MS
* identifier insert SlicedBy(type)
* identifier contains memberid 0..1 MS
* identifier[memberid]
  * type 1..1
  * type = $v2-0203#MB
  * value 1..1 MS
* status MS
* type MS
* type from http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.114222.4.11.3591 (extensible)
* policyHolder only Reference($us-core-patient|7.0.0 or HRexOrganization or $us-core-relatedperson|7.0.0)
* policyHolder MS
* subscriberId MS
* beneficiary only Reference(HRexPatientDemographics)
* beneficiary MS
* dependent MS
* relationship 1..1 MS
* relationship from HRexCoverageRelationship (required)
* period MS
* payor 1..1 MS
* payor only Reference(HRexOrganization)
* class insert SlicedBy(type)
* class contains group 0..1 MS and plan 0..1 MS
* class[group]
  * type = $coverage-class#group
  * type MS
  * value MS
* class[plan]
  * type = $coverage-class#plan
  * type MS
  * value MS
  * name MS

Extension: CoverageDavinciWellknownLocation
Id: extension-CoverageDavinciWellknownLocation
Context: Coverage
* extension 0..0
* value[x] only uri

ValueSet: HRexConsentPolicy
Id: hrex-consent-policy
* $uri#http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html#regular
* $uri#http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html#sensitive

Profile: HRexConsent
Parent: Consent
Id: hrex-consent
* status = #active (exactly)
* status MS
* scope = $consent-scope#patient-privacy
* scope MS
* category insert SlicedBy($this)
* category contains disclosure 1..1 MS
* category[disclosure] = $act-code#IDSCL
* patient 1..1 MS
* patient only Reference($us-core-patient|7.0.0)
* performer 1..1 MS
* performer only Reference($us-core-patient|7.0.0 or RelatedPerson or $us-core-practitioner|7.0.0 or HRexPractitionerRole or HRexOrganization)
* source[x] 1..1 MS
* source[x] only Reference(DocumentReference)
* policy 1..*
* policy insert SlicedBy(uri)
* policy contains hrex 1..1 MS
* policy[hrex].uri 1..1 MS
* policy[hrex].uri from HRexConsentPolicy (required)
* provision 1..1 MS
  * type 1..1 MS
  * type = #permit (exactly)
  * period 1..1 MS
    * start 1..1 MS
    * end 1..1 MS
  * actor 2..*
  * actor insert SlicedBy(role)
  * actor contains source 1..* MS and recipient 1..* MS
  * actor[source]
    * role = $participant-type#performer
    * role MS
    * reference only Reference(HRexOrganization)
    * reference MS
  * actor[recipient]
    * role = $participation#IRCP
    * role MS
    * reference only Reference(HRexOrganization)
    * reference MS
  * action 1..1
  * action = $consent-action#disclose
  * securityLabel 0..0
  * purpose 0..0
  * class 0..0
  * code 0..0
  * dataPeriod 0..0
  * data 0..0
  * provision 0..0
