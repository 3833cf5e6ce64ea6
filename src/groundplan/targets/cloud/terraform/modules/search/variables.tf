variable "name" {
  description = "Name of the site."
  type        = string
}

variable "instance_type" {
  description = "Size of a server."
  type        = string
}

variable "servers" {
  description = "How many servers."
  type        = number

  validation {
    condition     = var.servers < 3 || var.servers % 3 == 0 || var.servers % 2 == 0
    error_message = "Servers are dealt out to zones evenly."
  }
}

variable "storage_gib" {
  description = "Disk of one server in GiB."
  type        = number
}

variable "is_encrypted" {
  description = "Whether disks are sealed."
  type        = bool
}

variable "use_tls" {
  description = "Whether servers speak to each other over TLS."
  type        = bool
}

variable "log_days" {
  description = "For how long its own log is kept."
  type        = number
}

variable "vpc_id" {
  description = "The site's network."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "cluster_security_group_id" {
  description = "What the cluster's pods are known by."
  type        = string
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
