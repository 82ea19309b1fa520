Profile: HRexOrganization
Parent: USCoreOrganization
Id: hrex-organization
* identifier 1..*
* identifier contains tin 0..1 MS
* identifier[tin] ^patternIdentifier.system = "urn:oid:2.16.840.1.113883.4.4"

Profile: HRexPractitionerRole
Parent: USCorePractitionerRole
Id: hrex-practitionerrole
* practitioner 1..1
* organization 1..1
* organization only Reference(HRexOrganization)
