Profile: CDexDocumentBundle
Parent: Bundle
Id: cdex-document-bundle
* type = #document (exactly)
* signature MS

Profile: CDexSearchsetBundle
Parent: Bundle
Id: cdex-searchset-bundle
* type = #searchset (exactly)
* signature MS

Profile: CDexTransactionBundle
Parent: Bundle
Id: cdex-transaction-bundle
* type = #transaction (exactly)
