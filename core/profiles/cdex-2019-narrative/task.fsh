// The pages and diagrams of the guide let a Task lead to the request that it is about; its profile does not.

Invariant: focus-is-communication
Description: "The profile of the guide lets focus lead to a Communication only."
Severity: #information
Expression: "reference.matches('(^|/)CommunicationRequest/').not()"

Profile: CDexTask
Parent: Task
Id: cdex-task
* insert SolicitingTask
* focus only Reference(CDexCommunication or CDexCommunicationRequest)
* focus obeys focus-is-communication
