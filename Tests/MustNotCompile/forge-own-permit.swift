// A feature opens the page of another person.
// expect: 'OwnPermit' initializer is inaccessible due to 'internal' protection level
import LatchkeyAccess

func forge(_ user: UserID, _ account: AccountID, _ actor: Actor, _ login: LoginID) -> LoginID {
    OwnPermit(actor: actor, person: .user(user, in: account), login: login).login
}
