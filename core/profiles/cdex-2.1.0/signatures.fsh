ValueSet: CDexIdentifierTypes
Id: cdex-identifier-types
* $v2-0203#TAX
* $v2-0203#NPI

Invariant: cdex-13
Description: "The signer is known by a reference, or by an identifier and a name."
Severity: #error
Expression: "who.reference.exists() or (who.identifier.exists() and who.display.exists())"

Profile: CDexSignature
Parent: Signature
Id: cdex-signature
* obeys cdex-13
* insert Signed
* who
  * reference MS
  * identifier MS
    * type 1..1 MS
    * type from CDexIdentifierTypes (required)
    * value 1..1 MS
  * display MS

Profile: CDexSignatureBundle
Parent: Bundle
Id: cdex-signature-bundle
* signature 1..1 MS
* signature only CDexSignature

Profile: CDexQuestionnaireResponse
Parent: USCoreQuestionnaireResponse
Id: cdex-sdc-questionnaireresponse
* extension[signature].value[x] only CDexSignature
* item.extension[ItemSignature].value[x] only CDexSignature
