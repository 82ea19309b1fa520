// A digital signature, as a JSON web signature; an electronic one may have any form.
Profile: CDexDigitalSignature
Parent: Signature
Id: cdex-digital-signature
* insert Signed
* who.identifier 1..1 MS
  * system MS
  * value 1..1 MS
* targetFormat 1..1 MS
* targetFormat = #application/fhir+json;canonicalization=http://hl7.org/fhir/canonicalization/json#document (exactly)
* sigFormat 1..1 MS
* sigFormat = #application/jose (exactly)

RuleSet: DigitalOrElectronic(path)
* {path} only Signature
* {path} ^type.profile[+] = CDexDigitalSignature
* {path} ^type.profile[+] = Signature

Profile: CDexSignatureBundle
Parent: Bundle
Id: cdex-signature-bundle
* signature 1..1 MS
* insert DigitalOrElectronic(signature)

Profile: CDexQuestionnaireResponse
Parent: USCoreQuestionnaireResponse
Id: cdex-sdc-questionnaireresponse
* insert DigitalOrElectronic(extension[signature].value[x])
* insert DigitalOrElectronic(item.extension[ItemSignature].value[x])
