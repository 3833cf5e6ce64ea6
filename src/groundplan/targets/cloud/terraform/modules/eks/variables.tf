variable "name" {
  description = "Name of the site, and of the cluster."
  type        = string
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, one in each zone."
  type        = list(string)
}

variable "api_allowed_cidrs" {
  description = "Who may ask the cluster's API from outside; nobody when it is empty."
  type        = list(string)
  default     = []
}

variable "machine_types" {
  description = "Sizes of the machines that always run."
  type        = list(string)
}

variable "machines_base" {
  description = "How many machines always run, on demand."
  type        = number
}

variable "base_piece" {
  description = "The piece of the replicas' spread that the base counts as."
  type        = number
}

variable "secrets_prefix" {
  description = "What the names of the environment's secrets begin with."
  type        = string
}

variable "log_days" {
  description = "For how long the control plane's log is kept."
  type        = number
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}

variable "tags" {
  description = "What machines are tagged with besides."
  type        = map(string)
}

variable "log_bucket" {
  description = "Where logs go that are older than the search holds; null: nowhere."
  type        = object({ name = string, region = string })
  default     = null
}

variable "copies_for" {
  description = "Namespace and account of the jobs that take copies to another cloud; null: there are none."
  type        = string
  default     = null
}
