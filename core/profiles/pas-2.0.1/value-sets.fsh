// What CDex takes from Prior Authorization Support.

Alias: $pas-temp = http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes
Alias: $pa-line-number = http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-paLineNumber

ValueSet: PASTaskCodes
* $pas-temp#attachment-request-code
* $pas-temp#attachment-request-questionnaire
