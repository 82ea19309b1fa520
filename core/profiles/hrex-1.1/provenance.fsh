Profile: HRexProvenance
Parent: USCoreProvenance
Id: hrex-provenance
* target.reference 1..1
* occurred[x] MS
* signature MS
