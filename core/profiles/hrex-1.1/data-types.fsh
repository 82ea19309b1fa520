Profile: HRexIdentifierNamespaced
Parent: Identifier
Id: hrex-identifier-namespaced
* system 1..1 MS
* value 1..1 MS

Profile: HRexReferenceId
Parent: Reference
Id: hrex-reference-id
* identifier 1..1
* display MS

Profile: HRexReferenceRest
Parent: Reference
Id: hrex-reference-rest
* reference 1..1
