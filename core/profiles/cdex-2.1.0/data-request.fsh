Invariant: cdex-7
Description: "A request by a code has an input with one."
Severity: #error
Expression: "Task.code.coding.code.where($this='data-request-code').exists() implies Task.input.type.coding.code.where($this='data-code').exists()"

Invariant: cdex-8
Description: "A request for a questionnaire has an input with one."
Severity: #error
Expression: "Task.code.coding.code.where($this='data-request-questionnaire').exists() implies Task.input.type.coding.code.where($this='questionnaire').exists()"

Invariant: cdex-9
Description: "Exactly one input asks, by a query, a code or a questionnaire."
Severity: #error
Expression: "Task.input.type.coding.code.where($this='data-query' or $this='data-code' or $this='questionnaire').count()=1"

Invariant: cdex-11
Description: "A completed request for a questionnaire gives the answers."
Severity: #warning
Expression: "(Task.code.coding.code.where($this='data-request-questionnaire').exists() and Task.status.where($this='completed').exists()) implies Task.output.type.coding.code.where($this='questionnaire-response').exists()"

Invariant: cdex-12
Description: "A request by a query has an input with one."
Severity: #error
Expression: "Task.code.coding.code.where($this='data-request-query').exists() implies Task.input.type.coding.code.where($this='data-query').exists()"

Profile: CDexTaskDataRequest
Parent: Task
Id: cdex-task-data-request
* obeys cdex-7 and cdex-12 and cdex-8 and cdex-9 and tdr-2 and tdr-3 and cdex-11 and lint-cdex-9
* meta.tag insert SlicedBy($this)
* meta.tag.system 1..1
* meta.tag.code 1..1
* meta.tag contains work-queue 0..*
* meta.tag[work-queue] from CDexWorkQueue (required)
* identifier MS
* basedOn MS
* status MS
* status from HRexTaskStatus (required)
* insert TextRequired(statusReason)
* insert TextRequired(businessStatus)
* intent = #order (exactly)
* intent MS
* insert CodeOf($cdex-temp)
* code from CDexDataRequestTaskCode (required)
* focus 0..0
* for 1..1 MS
* for only Reference($us-core-patient|3.1.1 or $us-core-patient|6.1.0 or $us-core-patient|7.0.0)
  * identifier MS
* authoredOn 1..1 MS
* requester 1..1 MS
* insert AnyPractitionerOrOrganization(requester)
* requester.identifier MS
* owner 1..1 MS
* insert AnyPractitionerOrOrganization(owner)
* owner.identifier MS
* insert TextRequired(reasonCode)
* reasonReference MS
* reasonReference only Reference(Claim or Coverage or $us-core-coverage|6.1.0 or $us-core-coverage|7.0.0)
  * identifier MS
* input 1..* MS
* input insert SlicedBy(type)
* input contains query 0..1 MS and code 0..1 MS and questionnaire 0..1 and signature 0..1 MS and POU 0..1
* input[query] insert CodedSupported($hrex-temp#data-query, string)
* input[code] insert CodedSupported($hrex-temp#data-code, CodeableConcept)
* input[code].value[x] from http://hl7.org/fhir/us/core/ValueSet/us-core-documentreference-type (extensible)
* input[questionnaire] insert AsksQuestionnaire($sdc-temp#questionnaire)
* input[signature] insert CodedSupported($cdex-temp#signature-flag, boolean)
* input[POU] insert PurposeOfUse
* output MS
* output insert SlicedBy(type)
* output contains data 0..* MS and response 0..1
* output[data] insert CodedSupported($hrex-temp#data-value, Reference)
* output[response] insert GivesAnswers($sdc-temp#questionnaire-response)
