Profile: CDexTask
Parent: Task
Id: cdex-task
* insert SolicitingTask
* focus only Reference(CDexCommunication)
