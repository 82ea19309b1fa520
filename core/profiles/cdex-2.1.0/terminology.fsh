Alias: $cdex-temp = http://hl7.org/fhir/us/davinci-cdex/CodeSystem/cdex-temp
Alias: $act-reason = http://terminology.hl7.org/CodeSystem/v3-ActReason
Alias: $claim-use = http://hl7.org/fhir/claim-use

ValueSet: CDexPOU
Id: cdex-POU
* $act-reason#COVERAGE
* $act-reason#CLMATTCH
* $act-reason#COVAUTH
* $act-reason#HQUALIMP
* $act-reason#HDM
* $act-reason#COC
* $act-reason#TREAT
* $cdex-temp#care-planning
* $cdex-temp#social-risk
* $cdex-temp#payment-noe
* $cdex-temp#operations-noe
* $cdex-temp#treatment-noe

ValueSet: CDexClaimUse
Id: cdex-claim-use
* $claim-use#claim
* $claim-use#preauthorization

ValueSet: CDexDataRequestTaskCode
Id: cdex-data-request-task-code
* $cdex-temp#data-request-code
* $cdex-temp#data-request-query
* $cdex-temp#data-request-questionnaire

ValueSet: CDexWorkQueue
Id: cdex-work-queue
* $cdex-temp#claims-processing
* $cdex-temp#preauth-processing
* $cdex-temp#risk-adjustment
* $cdex-temp#quality-metrics
* $cdex-temp#referral
* $cdex-temp#social-care
* $cdex-temp#authorization-other
* $cdex-temp#care-coordination
* $cdex-temp#documentation-general
* $cdex-temp#orders
* $cdex-temp#patient-status
* $cdex-temp#signature
