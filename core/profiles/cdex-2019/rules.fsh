Alias: $task-code = http://hl7.org/fhir/CodeSystem/task-code

// A Task of either mode, but for what it is about.
RuleSet: SolicitingTask
* identifier 1..* MS
* basedOn
  * ^slicing.discriminator.type = #type
  * ^slicing.discriminator.path = "resolve()"
  * ^slicing.rules = #open
* basedOn contains claim 0..* MS
* basedOn[claim] only Reference(Claim)
* status MS
* businessStatus MS
* intent = #order (exactly)
* intent MS
* code = $task-code#fulfill
* code MS
* focus 1..1 MS
* for 1..1 MS
* for only Reference(Patient)
* authoredOn MS
* lastModified MS
* requester 1..1 MS
* owner 1..1 MS
