// A Task that asks for data, and its invariants, which CDex takes over.

Alias: $hrex-temp = http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp
Alias: $task-status = http://hl7.org/fhir/task-status

ValueSet: HRexTaskStatus
Id: hrex-task-status
* $task-status#requested
* $task-status#accepted
* $task-status#rejected
* $task-status#in-progress
* $task-status#failed
* $task-status#completed
* $task-status#on-hold

Invariant: tdr-1
Description: "Exactly one input asks, by a query or by a code."
Severity: #error
Expression: "input.type.where(coding.where(system='http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp' and (code='data-code' or code='data-query')).exists()).count()=1"

Invariant: tdr-2
Description: "Who rejects or fails says why."
Severity: #error
Expression: "(status = 'rejected' or status = 'failed') implies statusReason.exists()"

Invariant: tdr-3
Description: "What is completed has an output."
Severity: #error
Expression: "(status = 'completed') implies output.exists()"

// An input or output that its type tells from others.
RuleSet: Coded(code, type)
* type = {code}
* value[x] only {type}

RuleSet: CodedSupported(code, type)
* insert Coded({code}, {type})
* type MS
* value[x] MS

RuleSet: TextRequired(path)
* {path} MS
  * text 1..1 MS

Profile: HRexTaskDataRequest
Parent: Task
Id: hrex-task-data-request
* obeys tdr-1 and tdr-2 and tdr-3
* basedOn MS
* status MS
* status from HRexTaskStatus (required)
* insert TextRequired(statusReason)
* insert TextRequired(businessStatus)
* intent = #order (exactly)
* intent MS
* code 1..1 MS
* code = $hrex-temp#data-request
* focus 0..0
* for 1..1 MS
* for only Reference($us-core-patient|7.0.0)
* authoredOn 1..1 MS
* requester 1..1 MS
* requester only Reference(HRexOrganization or $us-core-practitioner)
* owner 1..1 MS
* owner only Reference(HRexOrganization or $us-core-practitioner)
* insert TextRequired(reasonCode)
* reasonReference only Reference(Claim or HRexCoverage)
* reasonReference MS
* input 1..* MS
* input insert SlicedBy(type)
* input contains query 0..1 MS and code 0..1 MS
* input[query] insert CodedSupported($hrex-temp#data-query, string)
* input[code] insert CodedSupported($hrex-temp#data-code, CodeableConcept)
* output MS
* output insert SlicedBy(type)
* output contains data 0..* MS
* output[data] insert CodedSupported($hrex-temp#data-value, Reference)
