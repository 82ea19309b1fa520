// What the profiles of CDex share, from 2.1.0 on.

Alias: $sdc-temp = http://hl7.org/fhir/uv/sdc/CodeSystem/temp
Alias: $dtr-questionnaire = http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-std-questionnaire
Alias: $dtr-adaptive = http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-questionnaire-adapt
Alias: $sdc-adaptive = http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse-adapt

// Any version of US Core that partners may have.
RuleSet: AnyPractitionerOrOrganization(path)
* {path} only Reference($us-core-practitioner|3.1.1 or $us-core-practitioner|6.1.0 or $us-core-practitioner|7.0.0 or HRexOrganization)

// A code of one system, which the profile needs.
RuleSet: CodeOf(system)
* code 1..1 MS
  * coding 1..* MS
    * system = {system} (exactly)
    * system MS
    * code 1..1 MS

// A Questionnaire to be filled in, which may be shown by a name.
RuleSet: AsksQuestionnaire(code)
* type = {code}
* value[x] only Canonical($dtr-questionnaire or $dtr-adaptive)
* value[x].extension contains $display named questionnaireDisplay 0..1

// A filled in Questionnaire.
RuleSet: GivesAnswers(code)
* type = {code}
* value[x] only Reference(CDexQuestionnaireResponse or $sdc-adaptive)

RuleSet: PurposeOfUse
* insert Coded($cdex-temp#purpose-of-use, CodeableConcept)
* value[x] from CDexPOU (extensible)
* value[x] obeys lint-noe

Invariant: cdex-1
Description: "An attachment to a claim names the date of service."
Severity: #error
Expression: "Task.reasonCode.coding.code.where($this='claim').exists() implies Task.input.type.coding.code.where($this='service-date').exists()"

Invariant: cdex-2
Description: "The date of service is a day."
Severity: #error
Expression: "$this.toString().length() = 10"

Invariant: cdex-4
Description: "A request by codes says which attachments are needed."
Severity: #error
Expression: "Task.code.coding.code.where($this='attachment-request-code').exists() implies Task.input.type.coding.code.where($this='attachments-needed').exists()"

Invariant: cdex-5
Description: "A request by questionnaires says which are to be filled in."
Severity: #error
Expression: "Task.code.coding.code.where($this='attachment-request-questionnaire').exists() implies Task.input.type.coding.code.where($this='questionnaire-context').exists()"

Invariant: cdex-6
Description: "Either attachments or questionnaires are asked for."
Severity: #error
Expression: "Task.input.type.coding.code.where($this='attachments-needed').exists() implies Task.input.type.coding.code.where($this='questionnaire-context').empty()"

Invariant: cdex-10
Description: "A completed request by questionnaires gives the answers."
Severity: #warning
Expression: "(Task.code.coding.code.where($this='attachment-request-questionnaire').exists() and Task.status.where($this='completed').exists()) implies Task.output.type.coding.code.where($this='questionnaire-context').exists()"

RuleSet: AsksAttachment
* extension MS
  * url = $pa-line-number (exactly)
  * url MS
  * value[x] 1..1 MS
  * value[x] only integer

// A payer asks for attachments. The names of four slices changed after 2.1.0, their codes did not.
RuleSet: AttachmentRequest(tracking, date, signature, several)
* obeys cdex-1 and cdex-4 and cdex-5 and cdex-6 and cdex-10 and tdr-2
* contained 2..* MS
  * ^slicing.discriminator.type = #type
  * ^slicing.discriminator.path = "$this"
  * ^slicing.rules = #open
* contained contains practitionerrole 1..1 MS and patient 1..1 MS
* contained[practitionerrole] only CDexPractitionerRole
* contained[patient] only CDexPatientDemographics
* identifier 1..* MS
* identifier insert SlicedBy($this)
* identifier contains {tracking} 1..1 MS
* identifier[{tracking}] ^patternIdentifier.type = $cdex-temp#tracking-id
* identifier[{tracking}]
  * system MS
  * value 1..1 MS
* status MS
* status from HRexTaskStatus (required)
* insert TextRequired(statusReason)
* intent = #order (exactly)
* intent MS
* insert CodeOf($pas-temp)
* code from PASTaskCodes (required)
* for 1..1 MS
* for only Reference(CDexPatientDemographics)
* for ^type.aggregation = #contained
  * reference 1..1 MS
  * reference = "#patient" (exactly)
* requester 1..1 MS
* requester only Reference(HRexOrganization)
  * identifier 1..1 MS
* owner 1..1 MS
* owner only Reference(CDexPractitionerRole)
* owner ^type.aggregation = #contained
  * reference 1..1 MS
  * reference = "#practitionerrole" (exactly)
* reasonCode 1..1 MS
  * coding 1..* MS
  * coding insert SlicedBy($this)
  * coding contains use 1..* MS
  * coding[use] from CDexClaimUse (required)
  * coding[use]
    * system MS
    * code 1..1 MS
  * text MS
  * text from CDexClaimUse (required)
* reasonReference 1..1 MS
  * identifier 1..1 MS
* restriction MS
  * period MS
* input 2..* MS
* input insert SlicedBy(type)
* input contains AttachmentsNeeded 0..* MS and QuestionnaireContext 0..* and PayerUrl 1..1 MS and {date} 0..1 MS
    and {signature} 0..1 MS and POU 0..1 and {several} 0..1
* input[AttachmentsNeeded] from CDexAttachmentCodes (extensible)
* input[AttachmentsNeeded]
  * insert AsksAttachment
  * insert CodedSupported($pas-temp#attachments-needed, CodeableConcept)
* input[QuestionnaireContext]
  * insert AsksAttachment
  * insert AsksQuestionnaire($pas-temp#questionnaire-context)
* input[PayerUrl] insert CodedSupported($pas-temp#payer-url, url)
* input[{date}] insert CodedSupported($cdex-temp#service-date, date)
* input[{date}].value[x] obeys cdex-2
* input[{signature}] insert CodedSupported($cdex-temp#signature-flag, boolean)
* input[POU] insert PurposeOfUse
* input[{several}] insert Coded($cdex-temp#multiple-submits-flag, boolean)
* output insert SlicedBy(type)
* output contains AttachmentsNeeded 0..* and QuestionnaireContext 0..1
* output[AttachmentsNeeded] insert Coded($pas-temp#attachments-needed, Reference)
* output[QuestionnaireContext] insert GivesAnswers($pas-temp#questionnaire-context)

RuleSet: Parameter(name, type)
* name = "{name}" (exactly)
* name MS
* value[x] 1..1 MS
* value[x] only {type}

// What $submit-attachment takes.
RuleSet: SubmitAttachment
* obeys lint-provider and lint-service-date
* parameter 5..* MS
* parameter insert SlicedBy(name)
* parameter ^slicing.rules = #closed
* parameter contains TrackingId 1..1 MS and AttachTo 1..1 MS and PayerId 0..1 MS and OrganizationId 0..1 MS
    and ProviderId 0..1 MS and MemberId 1..1 MS and ServiceDate 0..1 MS and Attachment 1..* MS and Final 0..1 MS
* parameter[TrackingId] insert Parameter(TrackingId, Identifier)
* parameter[AttachTo] insert Parameter(AttachTo, code)
* parameter[AttachTo].value[x] from CDexClaimUse (required)
* parameter[PayerId] insert Parameter(PayerId, Identifier)
* parameter[OrganizationId] insert Parameter(OrganizationId, Identifier)
* parameter[ProviderId] insert Parameter(ProviderId, Identifier)
* parameter[MemberId] insert Parameter(MemberId, Identifier)
* parameter[ServiceDate] insert Parameter(ServiceDate, dateTime)
* parameter[Attachment]
  * name = "Attachment" (exactly)
  * name MS
  * part 1..* MS
  * part insert SlicedBy(name)
  * part ^slicing.rules = #closed
  * part contains LineItem 0..* MS and Code 0..1 MS and Content 1..1 MS
  * part[LineItem] insert Parameter(LineItem, string)
  * part[Code] insert Parameter(Code, CodeableConcept)
  * part[Code].value[x] from CDexAttachmentCodes (extensible)
  * part[Content]
    * name = "Content" (exactly)
    * name MS
    * resource 1..1 MS
* parameter[Final] insert Parameter(Final, boolean)

// Who signs verifies.
RuleSet: Signed
* type 1..* MS
* type insert SlicedBy($this)
* type contains verify 1..1 MS
* type[verify] = urn:iso-astm:E1762-95:2013#1.2.840.10065.1.12.1.5 "Verification Signature"
* when MS
* who only Reference($us-core-practitioner|3.1.1 or $us-core-practitioner|6.1.0 or $us-core-practitioner|7.0.0 or HRexOrganization or HRexPractitionerRole)
* who MS
* data 1..1 MS
