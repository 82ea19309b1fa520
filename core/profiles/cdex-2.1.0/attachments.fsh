Profile: CDexTaskAttachmentRequest
Parent: Task
Id: cdex-task-attachment-request
* insert AttachmentRequest(tracking-id, service-date, signature, multiple-submits)

Profile: CDexParametersSubmitAttachment
Parent: Parameters
Id: cdex-parameters-submit-attachment
* insert SubmitAttachment
