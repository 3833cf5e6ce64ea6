variable "name" {
  description = "What names begin with."
  type        = string
}

variable "location" {
  description = "The region of Azure."
  type        = string
}

variable "cidr" {
  description = "The block of addresses, which none of the other clouds' regions has."
  type        = string
}

variable "kubernetes_version" {
  description = "The minor version of the cluster."
  type        = string
}

variable "machine" {
  description = "The size of a machine, how many are warm, and how many there are when this serves."
  type        = object({ size = string, warm = number, most = number })
}

variable "database" {
  description = "The server that copies are restored into; null for a platform without a database."
  type = object({
    version     = string
    name        = string
    sku         = string
    storage_mb  = number
    backup_days = number
    has_standby = bool
  })
  default = null
}

variable "copies" {
  description = "Containers for copies: for how many days each is kept, and whether it can be deleted before."
  type        = map(object({ days = number, is_immutable = bool }))
}

variable "storage_account" {
  description = "The name of the account of the copies, which is unique in the world."
  type        = string
}

variable "registry" {
  description = "The name of the registry of the images, which is unique in the world."
  type        = string
}

variable "writer" {
  description = "Who writes copies: the issuer of a cluster's tokens and the account in it; null for nobody yet."
  type        = object({ issuer = string, subject = string })
  default     = null
}

variable "pipeline" {
  description = "Who plans: the issuer of its runs' tokens, its subjects by name, and where the state is; null for nobody."
  type = object({
    issuer        = string
    subjects      = map(string)
    state_group   = string
    state_account = string
  })
  default = null
}

variable "log_days" {
  description = "For how long logs are kept."
  type        = number
}

variable "tags" {
  description = "What everything is given."
  type        = map(string)
}
