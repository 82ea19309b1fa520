Profile: CDexTaskAttachmentRequest
Parent: Task
Id: cdex-task-attachment-request
* insert AttachmentRequest(TrackingId, ServiceDate, Signature, MultipleSubmits)
* identifier contains AdminRefNumber 0..1 MS
* identifier[AdminRefNumber] ^patternIdentifier.type = $cdex-temp#admin-ref-number
* identifier[AdminRefNumber]
  * system MS
  * value 1..1 MS

Profile: CDexParametersSubmitAttachment
Parent: Parameters
Id: cdex-parameters-submit-attachment
* insert SubmitAttachment
* parameter contains AdminRefNumber 0..1 MS
* parameter[AdminRefNumber] insert Parameter(AdminRefNumber, Identifier)
